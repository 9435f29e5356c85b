"""The worker's entry: `huey_consumer worker.huey` runs jobs, sends mail and sweeps."""

from app import create_app
from services import press, signing

app = create_app()
huey = app.extensions["queue"]


@huey.on_startup()
def _warm_up() -> None:
    """Load fonts, styles and the signing key before the first proof is asked for, not while somebody waits for it."""
    press.warm_up(app.extensions["settings"].fonts_folder)
    with app.app_context():
        signing.sealer()
