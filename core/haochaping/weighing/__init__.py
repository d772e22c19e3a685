"""Analytic hierarchy process: from judgements in pairs to weights, exact on every machine."""
