"""JSON over HTTP under /api/v1: translate, call one act, translate."""
