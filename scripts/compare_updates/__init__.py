"""`scaffold update` beside `copier update` and `cruft update`, on the same projects."""
