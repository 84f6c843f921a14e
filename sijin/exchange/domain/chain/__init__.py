"""The chain map: what is kept of it (`keeping`), its sheet (`sheets`), what it says (`maps`). The engine measures."""
