import joblib
import mlflow
import pandas as pd

model, rows = joblib.load("model.joblib"), pd.read_csv("samples.csv")
mlflow.sklearn.save_model(
    model,
    "mlflow",
    input_example=rows,
    serialization_format="cloudpickle",
    pyfunc_predict_fn="predict_proba",
)
