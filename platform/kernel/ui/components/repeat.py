"""A group of fields that repeats: one block for each form of a formset, and one for new ones."""

from typing import Any

from django.forms import BaseForm
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.safestring import SafeString

from kernel.ui.components.registry import draw, register
from kernel.ui.fields import hidden_of

TEXTS = {"item", "add", "remove"}


class RepeatNode(Node):
    """Draws its content once for each form, then once as a pattern for the browser to copy."""

    child_nodelists = ("nodelist",)

    def __init__(
        self,
        nodelist: NodeList,
        formset: FilterExpression,
        name: str,
        texts: dict[str, FilterExpression],
    ) -> None:
        self.nodelist = nodelist
        self.formset = formset
        self.name = name
        self.texts = texts

    def render(self, context: Context) -> SafeString:
        formset = self.formset.resolve(context)
        texts = {key: text.resolve(context) for key, text in self.texts.items()}
        return draw(
            context,
            "repeat",
            management=hidden_of(formset.management_form),
            prefix=formset.prefix,
            items=[
                self._item(context, form, number)
                for number, form in enumerate(formset.forms, start=1)
            ],
            pattern=self._item(context, formset.empty_form, 0),
            least=formset.min_num,
            most=formset.max_num,
            **texts,
        )

    def _item(self, context: Context, form: BaseForm, number: int) -> dict[str, Any]:
        with context.push(**{self.name: form}):
            content = self.nodelist.render(context)
        return {
            "number": number,
            "content": content,
            "hidden": hidden_of(form),
            "delete": form["DELETE"] if "DELETE" in form.fields else None,
            "removed": bool(form["DELETE"].value()) if "DELETE" in form.fields else False,
        }


@register.tag
def ui_repeat(parser: Parser, token: Token) -> RepeatNode:
    """``{% ui_repeat formset as name item=... add=... [remove=...] %}...{% endui_repeat %}``."""
    bits = token.split_contents()[1:]
    if len(bits) < 3 or bits[1] != "as":
        raise TemplateSyntaxError(
            "ui_repeat is written: ui_repeat formset as name item=... add=..."
        )
    texts = token_kwargs(bits[3:], parser)
    if len(texts) != len(bits) - 3 or not {"item", "add"} <= texts.keys() <= TEXTS:
        raise TemplateSyntaxError("ui_repeat takes item=, add= and remove= after its name.")
    nodelist = parser.parse(("endui_repeat",))
    parser.delete_first_token()
    return RepeatNode(nodelist, parser.compile_filter(bits[0]), bits[2], texts)
