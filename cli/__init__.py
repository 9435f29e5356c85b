"""Commands of the program: `flask --help` lists them."""

from flask import Flask


def register(app: Flask) -> None:
    """Add every command group to the application."""
    from cli import accounts, database, demo, imports, ledger, log, lottery, policy, proofs, reminders

    app.cli.add_command(database.seed)
    app.cli.add_command(accounts.accounts)
    app.cli.add_command(demo.demo)
    app.cli.add_command(demo.seed_demo)
    app.cli.add_command(ledger.ledger)
    app.cli.add_command(log.log)
    app.cli.add_command(lottery.lottery)
    app.cli.add_command(imports.group)
    app.cli.add_command(policy.policy)
    app.cli.add_command(proofs.group)
    app.cli.add_command(reminders.remind)
