"""The form of each section of a filing."""

from forms.filing_parts import PART_FORMS
from forms.filings import BasicsForm, PeopleForm, RightsForm, SectionForm, SessionsForm, SubjectsForm, TeachersForm

SECTION_FORMS: dict[str, type[SectionForm]] = {
    "basics": BasicsForm,
    "subjects": SubjectsForm,
    "teachers": TeachersForm,
    "sessions": SessionsForm,
    "people": PeopleForm,
    "rights": RightsForm,
    **PART_FORMS,
}
