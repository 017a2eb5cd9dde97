import joblib
import mlflow

model = joblib.load("model.joblib")
mlflow.sklearn.save_model(model, "mlflow", pyfunc_predict_fn="predict_proba")
