"""The library page: the list, one movement, or one movement to practise, as its address says."""

from __future__ import annotations

import streamlit as st

from formcheck.apps.review_choice import load_all_movements
from formcheck.apps.verdict_words import NOT_MEDICAL

from .cards import show_cards
from .practise import show_practise
from .view import show_movement


def show() -> None:
    """Show what the address asks for."""
    movements = load_all_movements()
    movement = movements.get(st.query_params.get("movement", ""))
    if movement is None:
        show_cards(list(movements.values()), unknown=st.query_params.get("movement", ""))
    elif st.query_params.get("practise"):
        show_practise(movement)
        return
    else:
        show_movement(movement)
    st.caption(NOT_MEDICAL)
