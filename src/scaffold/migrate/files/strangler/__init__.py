"""The old application beside the new one, until flask_app/ is gone."""
