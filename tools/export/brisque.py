"""A tiny regression in the format of BRISQUE's own release, and piq's scores of pictures with it, in float64.

    python tools/export/brisque.py WEIGHTS.pt FOLDER     piq's brisque_svm_weights.pt to FOLDER/allmodel
    python tools/export/brisque.py --tiny                the fixture

The fixture is `plugins/brisque/fixtures/live`: `allmodel` and `reference.json` with piq's features and score of each picture of
`plugins/brisque/fixtures`.
"""

from exporter import run

run(__file__, __doc__)
