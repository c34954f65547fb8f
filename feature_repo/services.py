"""What each model asks for, under a versioned name: a change of columns is a new version beside the old."""

from feast import FeatureService

from feature_repo import views
from merx_core.features import names

recommendation_v1 = FeatureService(
    name=names.FEATURE_SERVICE,
    features=[
        views.profile_activity,
        views.product_catalogue,
        views.product_popularity,
        views.product_price,
        views.product_copurchase,
    ],
)

profiles_v1 = FeatureService(name="profiles_v1", features=[views.profile_activity, views.profile_affinity])
sessions_v1 = FeatureService(name="sessions_v1", features=[views.session_activity])
live_v1 = FeatureService(name=names.LIVE_SERVICE, features=[views.profile_live])
