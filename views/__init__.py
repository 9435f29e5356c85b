"""Pages: a package per audience, a module per noun; each view finds, checks the form, acts and goes."""

from views.account import session
from views.center import operations
from views.employer import staff
from views.public import pages, verification
from views.technician import proofs, record

BLUEPRINTS = (
    pages.bp,
    verification.bp,
    session.bp,
    record.bp,
    proofs.bp,
    staff.bp,
    operations.bp,
)
