import joblib
import mlflow
import pandas as pd


class OwnSteps(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.model = joblib.load(context.artifacts["model"])

    def predict(self, context, model_input, params=None):
        model_input["ratio"] = model_input["pl"] / model_input["sl"]
        probabilities = self.model.predict_proba(model_input).tolist()
        return [{"label": row[1] >= 0.3, "probabilities": row} for row in probabilities]


rows = pd.read_csv("samples.csv")
mlflow.pyfunc.save_model(
    "mlflow", python_model=OwnSteps(), artifacts={"model": "model.joblib"}, input_example=rows
)
