"""Pages: a package per audience, a module per noun; each view finds, checks the form, acts and goes."""

from views.account import activation, files, jobs, notices, operators, settings
from views.bureau import audit, register
from views.bureau import cases as bureau_cases
from views.bureau import proofs as bureau_proofs
from views.center import operations
from views.employer import staff, staff_activation, staff_import
from views.organizer import cases, filing_draft, work
from views.public import demo, pages, registration, verification
from views.technician import proofs, record

BLUEPRINTS = (
    pages.bp,
    verification.bp,
    registration.bp,
    demo.bp,
    settings.bp,
    activation.bp,
    files.bp,
    notices.bp,
    jobs.bp,
    operators.bp,
    record.bp,
    proofs.bp,
    staff.bp,
    staff_import.bp,
    staff_activation.bp,
    work.bp,
    filing_draft.bp,
    cases.bp,
    bureau_cases.bp,
    audit.bp,
    register.bp,
    bureau_proofs.bp,
    operations.bp,
)
