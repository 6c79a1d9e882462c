"Multimodal emotion recognition from text, voice and face"

__version__ = "0.1.0"


def __getattr__(name):
    "`emorec.predict` and `emorec.Predictor`; nothing is imported before they are asked for"
    if name not in ("predict", "Predictor"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from emorec.inference import prediction

    return getattr(prediction, name)
