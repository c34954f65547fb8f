"""Demand of products by store or channel, weekly or daily, as quantiles: members, who serves a family, calibration."""
