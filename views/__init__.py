"""Pages: a package per audience, a module per noun; each view finds, checks the form, acts and goes."""

from views.account import activation, files, settings
from views.bureau import cases as bureau_cases
from views.bureau import proofs as bureau_proofs
from views.bureau import register
from views.center import operations
from views.employer import staff, staff_activation, staff_import
from views.public import pages, registration, verification
from views.technician import proofs, record

BLUEPRINTS = (
    pages.bp,
    verification.bp,
    registration.bp,
    settings.bp,
    activation.bp,
    files.bp,
    record.bp,
    proofs.bp,
    staff.bp,
    staff_import.bp,
    staff_activation.bp,
    bureau_cases.bp,
    register.bp,
    bureau_proofs.bp,
    operations.bp,
)
