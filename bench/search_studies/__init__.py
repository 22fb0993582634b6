"""Search studies: searchers spend a budget on a table, many times over, and what they find is looked up in it.

A study file says what searchers are told (`objectives`), what that costs (`price`), when they end (the budget), and
what is reported of what they found (`reported`), which they never see.
"""
