"""The portfolio: all open approvals planned over shared desks, locked and planned again; the tiles of the projects."""
