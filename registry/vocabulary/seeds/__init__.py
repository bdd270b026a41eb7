"""The upper two levels of KldB 2010 (BA) and ISCO-08 (ILO), so that codes have names before anything is imported."""
