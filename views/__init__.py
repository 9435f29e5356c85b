"""Pages: a package per audience, a module per noun; each view finds, checks the form, acts and goes."""

from views.account import activation, archive_files, files, jobs, notices, operators, settings
from views.bureau import archives as bureau_archives
from views.bureau import audit, register, status_lists, supervision
from views.bureau import bases as bureau_bases
from views.bureau import cases as bureau_cases
from views.bureau import proofs as bureau_proofs
from views.bureau import result_disputes as bureau_disputes
from views.bureau import results as bureau_results
from views.center import bases as center_bases
from views.center import calendar, operations
from views.employer import enrolments as staff_enrolments
from views.employer import staff, staff_activation, staff_import
from views.organizer import (
    activity_changes,
    archives,
    attendance,
    base_drafts,
    base_measures,
    cases,
    class_discipline,
    class_people,
    class_scan,
    corrections,
    day_log,
    filing_check,
    filing_papers,
    joint_filings,
    result_disputes,
    result_evidence,
    result_import,
    result_keying,
    result_not_held,
    result_rows,
    results,
    service_hours,
    sheets,
    uploads,
    work,
)
from views.public import activities, bases, confirmations, demo, letters, lottery, pages, registration, verification
from views.technician import check_in, enrolments, proofs, record
from views.technician import results as own_results

BLUEPRINTS = (
    pages.bp,
    activities.bp,
    bases.bp,
    letters.bp,
    lottery.bp,
    verification.bp,
    registration.bp,
    confirmations.bp,
    demo.bp,
    settings.bp,
    activation.bp,
    files.bp,
    archive_files.bp,
    notices.bp,
    jobs.bp,
    operators.bp,
    record.bp,
    own_results.bp,
    proofs.bp,
    staff.bp,
    staff_import.bp,
    staff_activation.bp,
    staff_enrolments.bp,
    enrolments.bp,
    check_in.bp,
    class_people.bp,
    attendance.bp,
    class_scan.bp,
    class_discipline.bp,
    sheets.bp,
    service_hours.bp,
    day_log.bp,
    work.bp,
    *{filing_check.bp, filing_papers.bp},  # one blueprint over several modules
    joint_filings.bp,
    activity_changes.bp,
    results.bp,
    result_rows.bp,
    result_disputes.bp,
    result_evidence.bp,
    uploads.bp,
    result_import.bp,
    result_keying.bp,
    result_not_held.bp,
    corrections.bp,
    archives.bp,
    cases.bp,
    base_drafts.bp,
    base_measures.bp,
    supervision.bp,
    bureau_bases.bp,
    center_bases.bp,
    bureau_cases.bp,
    bureau_results.bp,
    bureau_disputes.bp,
    status_lists.bp,
    bureau_archives.bp,
    audit.bp,
    register.bp,
    bureau_proofs.bp,
    operations.bp,
    calendar.bp,
)
