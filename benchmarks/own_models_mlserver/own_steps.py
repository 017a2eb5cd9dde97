from mlserver.codecs import NumpyCodec, PandasCodec
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver_sklearn import SKLearnModel


class OwnSteps(SKLearnModel):
    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        rows = PandasCodec.decode_request(payload)
        rows["ratio"] = rows["pl"] / rows["sl"]
        probabilities = self._model.predict_proba(rows)
        outputs = [
            NumpyCodec.encode_output("predict", probabilities[:, 1] >= 0.3),
            NumpyCodec.encode_output("predict_proba", probabilities),
        ]
        return InferenceResponse(model_name=self.name, outputs=outputs)
