import joblib
import litserve
import pandas as pd


class Predictions(litserve.LitAPI):
    def setup(self, device):
        self.model = joblib.load("model.joblib")

    def decode_request(self, request):
        rows = pd.DataFrame(request, dtype=float)
        rows["ratio"] = rows["pl"] / rows["sl"]
        return rows

    def predict(self, rows):
        probabilities = self.model.predict_proba(rows).tolist()
        return [{"label": row[1] >= 0.3, "probabilities": row} for row in probabilities]


if __name__ == "__main__":
    litserve.LitServer(Predictions()).run(port=8000)
