import joblib
import litserve


class Predictions(litserve.LitAPI):
    def setup(self, device):
        self.model = joblib.load("model.joblib")

    def predict(self, instances):
        labels, probabilities = self.model.predict(instances), self.model.predict_proba(instances)
        return [
            {"label": label, "probabilities": row}
            for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
        ]


if __name__ == "__main__":
    litserve.LitServer(Predictions()).run(port=8000)
