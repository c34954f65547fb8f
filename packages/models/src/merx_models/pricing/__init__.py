"""Prices for a season: demand fitted to sales, policies behind one interface, the exact optimum, and which one serves.

`fitting` makes curves with what is not known of them (`demand`); `task` says what is asked, `policies`, `exact` and
`ddpg` answer it, `season` plays it under guard-rails, `environment` is where the learner learns, `selection` decides,
`model` is what was decided, as files that serve on numpy alone.
"""
