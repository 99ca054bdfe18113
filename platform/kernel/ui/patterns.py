"""The HTML of the smallest components: a list prints them hundreds of times.

As templates they took a third of the time of a list of 25 rows. Everything else is in
templates/ui/.
"""

CELL = '<td class="cell-{}" data-label="{}"><div class="cell-value">{}</div></td>'
CELL_WITHOUT_VALUE = '<td class="cell-{}" data-label="{}" data-empty></td>'
CELL_THAT_NAMES_THE_ROW = '<th scope="row" data-label="{}"><div class="cell-value">{}</div></th>'
ROW = "<tr>{}</tr>"
ROW_TO_NOTICE = '<tr class="highlight">{}</tr>'
STATUS = '<span class="status tone-{}">{}</span>'
TAG = '<span class="tag">{}</span>'
TIME = '<time datetime="{}">{}</time>'
