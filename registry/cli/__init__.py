"""The command `registry`: translate, call one act, translate."""
