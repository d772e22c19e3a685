"""Plugins in processes of their own: a host a plugin, asked over a pipe, guarded, replaceable.

`keeping` is the core's side and `inside` the other one; `wire` and `codec` are what they speak,
`doors` is what a plugin may ask for there, `guards` what keeps it in.
"""
