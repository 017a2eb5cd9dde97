import mlflow
import onnx

mlflow.onnx.save_model(onnx.load("model.onnx"), "mlflow")
