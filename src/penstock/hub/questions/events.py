"""What the room announces. Read by the firm that asked and by the operator: on no timeline of an order, which others
read."""

from django.utils.translation import gettext_lazy as _

from penstock.hub.core.journal import kind

# payload: question_uid, about (its name), text
QUESTION_ASKED = kind("questions.asked", _("About %(about)s: %(text)s"), on_timeline=False)
QUESTION_ANSWERED = kind("questions.answered", _("The answer about %(about)s: %(text)s"), on_timeline=False)
# payload besides question_uid and about: owner
QUESTION_TAKEN_ON = kind(
    "questions.taken_on", _("%(owner)s looks after the question about %(about)s"), on_timeline=False
)
QUESTION_CLOSED = kind("questions.closed", _("The question about %(about)s is closed"), on_timeline=False)
