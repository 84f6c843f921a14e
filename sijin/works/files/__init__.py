"""Documents that the works room gives out: a site's plan, an advice sheet for farmers."""
