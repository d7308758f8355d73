"""List the pages: Streamlit runs this script for each visit."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from formcheck.apps.theme import PAGE_CSS
from formcheck.apps.web.access.people import read_choice
from formcheck.apps.web.before_after.page import show_before_after
from formcheck.apps.web.before_after.test_card import BEFORE_AFTER_PATH
from formcheck.apps.web.library.addresses import LIBRARY_PATH, live_url
from formcheck.apps.web.library.page import show_library
from formcheck.apps.web.progress.page import PROGRESS_PATH, show_progress
from formcheck.apps.web.review.page import show_review
from formcheck.drivers.user_data import use_person

# Our own file: Streamlit would fetch a named icon from another host.
ICON = Path(__file__).with_name("icon.svg")

use_person(read_choice(st.context.cookies))
st.set_page_config(page_title="formcheck", page_icon=str(ICON), layout="wide")
st.html(f"<style>{PAGE_CSS}</style>")
# The address of the app itself leads to the live page, which is separate from Streamlit (apps/web/live/page.py).
# Streamlit needs a first page all the same.
first_page = st.Page(show_review, title="Review", url_path="first", default=True)
library_page = st.Page(show_library, title="Library", url_path=LIBRARY_PATH)
review_page = st.Page(show_review, title="Review", url_path="review")
progress_page = st.Page(show_progress, title="Progress", url_path=PROGRESS_PATH)
before_after_page = st.Page(show_before_after, title="Tests", url_path=BEFORE_AFTER_PATH)
pages = [first_page, library_page, before_after_page, progress_page, review_page]
page = st.navigation(pages, position="hidden")
# Our own row of links: Streamlit's row needs its header, and on a phone hides the pages behind a button.
with st.container(key="nav"):
    mark = '<img src="/live/web/icon.svg" alt=""><span>formcheck</span>'
    st.html(f'<a class="fc-nav fc-brand" href="{live_url()}" target="_self">{mark}</a>')
    st.html(f'<a class="fc-nav" href="{live_url()}" target="_self">Today</a>')
    for link in (library_page, before_after_page, progress_page, review_page):
        st.page_link(link)
page.run()
