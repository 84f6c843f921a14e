"""The mathematics: pure Python over plain values; no Django, no files, no clock."""
