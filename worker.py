"""The worker's entry: `huey_consumer worker.huey` runs jobs, sends mail and sweeps."""

from app import create_app

huey = create_app().extensions["queue"]
