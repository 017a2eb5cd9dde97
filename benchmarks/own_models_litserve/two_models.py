import joblib
import litserve
import pandas as pd


class Predictions(litserve.LitAPI):
    def setup(self, device):
        self.model = joblib.load(f"{self.api_path.removeprefix('/')}.joblib")

    def predict(self, instances):
        return self.model.predict(pd.DataFrame(instances, dtype=float)).tolist()


if __name__ == "__main__":
    models = [Predictions(api_path="/first"), Predictions(api_path="/second")]
    litserve.LitServer(models).run(port=8000)
