"""The singular of an English plural, where a small rule knows it. No I/O."""

# What no rule of an ending gets right, of the words that services keep.
_IRREGULAR = {
    "analyses": "analysis",
    "axes": "axis",
    "bonuses": "bonus",
    "buses": "bus",
    "caches": "cache",
    "campuses": "campus",
    "children": "child",
    "cookies": "cookie",
    "diagnoses": "diagnosis",
    "feet": "foot",
    "heroes": "hero",
    "indices": "index",
    "matrices": "matrix",
    "men": "man",
    "movies": "movie",
    "people": "person",
    "potatoes": "potato",
    "quizzes": "quiz",
    "shelves": "shelf",
    "statuses": "status",
    "teeth": "tooth",
    "viruses": "virus",
    "women": "woman",
}
_SAME = {"news", "series", "species"}  # their singular is the plural
# An ending of a plural and of its singular; the first that fits counts.
_ENDINGS = (
    ("ies", "y"),
    ("xes", "x"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("sses", "ss"),
    ("ss", ""),  # these three end no plural
    ("us", ""),
    ("is", ""),
    ("s", ""),
)
_SHORT = 4  # ties and pies


def singular_of(plural: str) -> str:
    """The singular of a name such as `order_lines`; nothing where no rule knows another word."""
    front, underscore, word = plural.rpartition("_")
    singular = _singular(word)
    return f"{front}{underscore}{singular}" if singular else ""


def _singular(word: str) -> str:
    if word in _SAME:
        return ""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) <= _SHORT:
        return word.removesuffix("s")
    for plural, singular in _ENDINGS:
        if word.endswith(plural):
            stays = word.removesuffix(plural)
            return "" if plural in ("ss", "us", "is") else stays + singular
    return ""
