import joblib
import litserve
import pandas as pd


class Predictions(litserve.LitAPI):
    def setup(self, device):
        self.model = joblib.load("model.joblib")

    def predict(self, instances):
        return self.model.predict(pd.DataFrame(instances, dtype=float)).tolist()


if __name__ == "__main__":
    litserve.LitServer(Predictions()).run(port=8000)
