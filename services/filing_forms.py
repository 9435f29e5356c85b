"""Which forms an organisation may file, with which bases it may file together, and the figures that hold for it."""

from dataclasses import replace

from sqlalchemy import select

from domain.errors import NotAllowed
from domain.filing_figures import FilingFigures, figures_of
from domain.filing_forms import BY_KEY, GOVERNMENT, OF_CAPACITY, TRAINING_BASE, FormKind, forms_for
from domain.filing_part_parse import Choices
from domain.roles import Actor
from models import ActivityFiling, Case, Organization, OrganizationCapacity, PolicyVersion, db
from services import base_teachers, bases, policies
from services.bases import not_in_force


def capacities(organization_id: int | None) -> frozenset[str]:
    """As what the organisation is recognised."""
    query = select(OrganizationCapacity.capacity).where(OrganizationCapacity.organization_id == organization_id)
    return frozenset(db.session.scalars(query))


def offered(actor: Actor) -> tuple[FormKind, ...]:
    """The forms this actor may file, in their order."""
    return tuple(BY_KEY[key] for key in forms_for(actor.role, capacities(actor.organization_id)))


def checked(form: str | None, actor: Actor) -> str:
    """The form if this actor may file it, the usual one for None; raises NotAllowed."""
    forms = [each.key for each in offered(actor)]
    if not forms:
        raise NotAllowed("本单位没有可以填报的活动备案，请用单位经办人的身份登录")
    if form is not None and form not in forms:
        raise NotAllowed("本单位不能填报这一类活动备案")
    return form or forms[0]


def figures(form: str, organization_id: int | None = None) -> FilingFigures:
    """The figures of the policy pack in force that filings of this form are held against."""
    return _of_organization(figures_of(policies.active_policy(), form), organization_id)


def figures_for(case: Case, form: str) -> FilingFigures:
    """The figures the case was submitted under (INV-01); those in force for a draft."""
    if case.policy_version_id is None:
        return figures(form, case.organization_id)
    policy = policies.policy_of(db.session.get_one(PolicyVersion, case.policy_version_id))
    return _of_organization(figures_of(policy, form), case.organization_id)


def _of_organization(found: FilingFigures, organization_id: int | None) -> FilingFigures:
    organization = db.session.get(Organization, organization_id) if organization_id is not None else None
    if organization is None:
        return found
    held = capacities(organization.id)
    own_staff = found.form == "F3" or (found.form in ("F4", "F5") and "employer" in held and TRAINING_BASE not in held)
    found = replace(found, free=GOVERNMENT in held, by_employer=own_staff, organizer=organization.name)
    if TRAINING_BASE not in held or found.form not in OF_CAPACITY[TRAINING_BASE]:
        return found
    return replace(
        found,
        scope=bases.scope_of(organization.id),
        published_fees=bases.published_fees(organization.id),
        registered_teachers=base_teachers.names_of(organization.id),
    )


def choices(filing: ActivityFiling) -> Choices:
    """What the clerk may choose from: the other bases of the city; and whether a fee is possible."""
    if filing.form != "F3":
        return Choices(free=GOVERNMENT in capacities(filing.organization_id))
    partners = db.session.execute(
        select(Organization.id, Organization.name)
        .join(OrganizationCapacity, OrganizationCapacity.organization_id == Organization.id)
        .where(OrganizationCapacity.capacity == TRAINING_BASE, Organization.id != filing.organization_id)
        .where(Organization.id.not_in(not_in_force()))
        .order_by(Organization.name)
    )
    return Choices(partners={str(row.id): row.name for row in partners})
