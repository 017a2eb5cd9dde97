"""Renders, installs and runs generated services, for every test that needs one."""
