"""The project register: entries, milestones, progress, lights, and what is read of them."""
