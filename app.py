"""The app for `streamlit run app.py` and for ASGI servers (`uvicorn app:app`); `formcheck app` opens the same one."""

import streamlit as st

from formcheck.apps.web.server import PAGES, build_app_parts

app = st.App(PAGES, **build_app_parts())
