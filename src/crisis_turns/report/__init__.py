"""One page that a clinician can read: scores, pictures, and every dialogue with what the system did in it.

metrics + tagged dialogues → view (plain data) ┐
                           → charts (SVG)      ├→ page (one HTML file)
                           → prose (sentences) ┘
"""
