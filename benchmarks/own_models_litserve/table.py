import joblib
import litserve
import pandas as pd

COLUMNS = {"age": float, "fare": float, "pclass": int, "alone": bool, "embarked": object}


class Predictions(litserve.LitAPI):
    def setup(self, device):
        self.model = joblib.load("model.joblib")

    def predict(self, instances):
        rows = pd.DataFrame(instances, columns=COLUMNS).astype(COLUMNS)
        labels, probabilities = self.model.predict(rows), self.model.predict_proba(rows)
        return [
            {"label": label, "probabilities": row}
            for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
        ]


if __name__ == "__main__":
    litserve.LitServer(Predictions()).run(port=8000)
