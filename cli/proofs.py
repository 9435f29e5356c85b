"""Commands of the official proofs."""

import sys

import click

from services import proof_rechecks, proofs


@click.group("proofs")
def group() -> None:
    """The official proofs."""


@group.command()
@click.argument("numbers", nargs=-1)
@click.option("--limit", default=20, show_default=True, help="How many proofs that differ to name.")
def check(numbers: tuple[str, ...], limit: int) -> None:
    """Derive every issued proof anew from the ledger, the register and the policy as they stood at issue.

    NUMBERS are proofs to look at alone. Names the first proofs that differ, field by field, and ends with 1 if there
    are any.
    """
    seen = wrong = 0
    for count, findings in _some(numbers) if numbers else proof_rechecks.check_all():
        seen += count
        for finding in findings:
            wrong += 1
            if wrong > limit:
                continue
            for each in finding.differences:
                click.echo(
                    f"{finding.number}: {each.path} ({each.source}): the paper says {each.frozen!r}, "
                    f"derived {each.derived!r}"
                )
    click.echo(f"{seen} proofs derived again")
    click.echo(f"{wrong} differ" if wrong else "every proof says what its sources give")
    if wrong:
        sys.exit(1)


def _some(numbers: tuple[str, ...]) -> list[tuple[int, list[proof_rechecks.Finding]]]:
    found = []
    for number in numbers:
        proof = proofs.find_by_number(number)
        if proof is None:
            raise click.ClickException(f"there is no proof {number}")
        place = (proof.technician_id, proof.id)
        differs = proof_rechecks.check(proof)
        finding = proof_rechecks.Finding(place=place, number=number, differences=differs)
        found.append((1, [finding] if differs else []))
    return found
