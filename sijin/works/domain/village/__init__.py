"""Village works by playbook, shows at venues, investors as leads."""
