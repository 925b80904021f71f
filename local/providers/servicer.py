"""The engine's provider protocol over a provider's tables."""

import functools
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from local.providers.differences import diff_response
from local.providers.failures import Failure, ProviderError
from local.providers.naming import DEFAULTS, auto_name
from local.providers.provider import Provider
from local.providers.resource_types import Change, ResourceType
from local.providers.wire import UNKNOWN, Values, WireError, decode, encode, holds_unknown, secret_names

Request = TypeVar("Request")
Response = TypeVar("Response")
Method = Callable[["Servicer", Request, grpc.ServicerContext], Response]


def _answering(method: Method[Request, Response]) -> Method[Request, Response]:
    @functools.wraps(method)
    def answer(servicer: "Servicer", request: Request, context: grpc.ServicerContext) -> Response:
        try:
            return method(servicer, request, context)
        except (ProviderError, WireError) as error:
            _fail(context, f"{_subject(request)}{error}")
        except Exception as error:
            # What no provider foresaw must still reach the operator as an error of that resource.
            said = servicer.provider.explain(error)
            _fail(context, f"{_subject(request)}{said or f'{type(error).__name__}: {error}'}")

    return answer


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine; every operation is thread-safe if the provider's context is."""

    def __init__(self, provider: Provider[Any]) -> None:
        self.provider = provider

    @_answering
    def Handshake(self, request: pb.ProviderHandshakeRequest, _: grpc.ServicerContext) -> pb.ProviderHandshakeResponse:
        """Agree on what values may carry."""
        return pb.ProviderHandshakeResponse(accept_secrets=True)

    @_answering
    def Attach(self, request: plugin_pb2.PluginAttach, _: grpc.ServicerContext) -> Empty:
        """Acknowledge: the engine is never asked anything."""
        return Empty()

    @_answering
    def GetPluginInfo(self, _: Empty, __: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Tell the version of the SDK this provider stands behind."""
        return plugin_pb2.PluginInfo(version=self.provider.sdk)

    @_answering
    def CheckConfig(self, request: pb.CheckRequest, _: grpc.ServicerContext) -> pb.CheckResponse:
        """Check the provider's configuration."""
        return pb.CheckResponse(
            inputs=request.news, failures=_failures(self.provider.check_config(decode(request.news)))
        )

    @_answering
    def DiffConfig(self, request: pb.DiffRequest, _: grpc.ServicerContext) -> pb.DiffResponse:
        """Call a changed provider configuration changed; it replaces nothing."""
        same = decode(request.old_inputs) == decode(request.news)
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE if same else pb.DiffResponse.DIFF_SOME)

    @_answering
    def Configure(self, request: pb.ConfigureRequest, _: grpc.ServicerContext) -> pb.ConfigureResponse:
        """Take the configuration."""
        self.provider.set_up(decode(request.args))
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answering
    def Check(self, request: pb.CheckRequest, _: grpc.ServicerContext) -> pb.CheckResponse:
        """Check inputs and name what has no name; secrets stay where they are."""
        kind = self._kind(request)
        inputs = pb.CheckResponse(inputs=request.news).inputs
        if kind.name is not None and kind.name.property not in inputs.fields:
            named = auto_name(kind.name, request.urn.rpartition("::")[2], request.randomSeed, decode(request.olds))
            inputs.MergeFrom(encode({kind.name.property: named, DEFAULTS: [kind.name.property]}))
        return pb.CheckResponse(inputs=inputs, failures=_failures(self.provider.check(kind, _inputs(inputs))))

    @_answering
    def Diff(self, request: pb.DiffRequest, _: grpc.ServicerContext) -> pb.DiffResponse:
        """Compare the old inputs with the new ones."""
        kind = self._kind(request)
        return diff_response(kind, *self._before_and_after(kind, request))

    @_answering
    def Create(self, request: pb.CreateRequest, _: grpc.ServicerContext) -> pb.CreateResponse:
        """Create the resource, or tell what is known before."""
        kind = self._kind(request)
        inputs = self.provider.complete(kind, _inputs(request.properties))
        secrets = secret_names(request.properties) | kind.secrets
        if request.preview:
            return pb.CreateResponse(properties=encode({**dict.fromkeys(kind.computed, UNKNOWN), **inputs}, secrets))
        _refuse_unknown(inputs)
        identity = kind.create(self.provider.context, inputs)
        return pb.CreateResponse(id=identity, properties=encode(self._present(kind, identity, inputs), secrets))

    @_answering
    def Update(self, request: pb.UpdateRequest, _: grpc.ServicerContext) -> pb.UpdateResponse:
        """Change the resource in place, or tell what will be known."""
        kind = self._kind(request)
        old, new = self._before_and_after(kind, request)
        change = Change(old, new, decode(request.olds))
        secrets = secret_names(request.news) | kind.secrets
        if request.preview:
            unsettled = [output for name, outputs in kind.unsettled.items() if change.of(name) for output in outputs]
            return pb.UpdateResponse(
                properties=encode({**_known(change), **dict.fromkeys(unsettled, UNKNOWN)}, secrets)
            )
        _refuse_unknown(new)
        if kind.update is not None:
            kind.update(self.provider.context, request.id, change)
        return pb.UpdateResponse(properties=encode(self._present(kind, request.id, _known(change)), secrets))

    @_answering
    def Read(self, request: pb.ReadRequest, _: grpc.ServicerContext) -> pb.ReadResponse:
        """Tell what is there now; nothing if the resource is gone. Without inputs it is an import."""
        kind = self._kind(request)
        known = decode(request.properties)
        found = kind.read(self.provider.context, request.id, known)
        if found is None:
            return pb.ReadResponse()
        state = self.provider.settle(kind, known, found)
        given = decode(request.inputs)
        names = [name for name in kind.inputs if name in state and (name in given or not request.inputs.fields)]
        inputs = {**given, **{name: state[name] for name in names}}
        return pb.ReadResponse(
            id=request.id,
            properties=encode(state, secret_names(request.properties) | kind.secrets),
            inputs=encode(inputs, secret_names(request.inputs)),
        )

    @_answering
    def Delete(self, request: pb.DeleteRequest, _: grpc.ServicerContext) -> Empty:
        """Delete the resource as its last state says."""
        self._kind(request).delete(self.provider.context, request.id, decode(request.properties))
        return Empty()

    @_answering
    def Invoke(self, request: pb.InvokeRequest, _: grpc.ServicerContext) -> pb.InvokeResponse:
        """Call a function; one of unknown arguments gives nothing yet."""
        function = self.provider.function(request.tok)
        arguments = decode(request.args)
        if failures := self.provider.check_call(function, arguments):
            return pb.InvokeResponse(failures=_failures(failures))
        result = function.call(self.provider.context, arguments)
        answer = pb.InvokeResponse()
        # `return` is a keyword, so the field has no attribute that could be written down.
        getattr(answer, "return").CopyFrom(encode(result, function.secrets))
        return answer

    @_answering
    def Cancel(self, _: Empty, __: grpc.ServicerContext) -> Empty:
        """Acknowledge: every operation here ends by itself, soon."""
        return Empty()

    def _kind(self, request: Any) -> ResourceType[Any]:
        return self.provider.resource(request.type or request.urn.rsplit("::", 2)[1].rpartition("$")[2])

    def _before_and_after(self, kind: ResourceType[Any], request: Any) -> tuple[Values, Values]:
        after = self.provider.complete(kind, decode(request.news))
        # What completion added last time is in the state, for it may have come from another configuration.
        state = decode(request.olds)
        added = {name: state[name] for name in self.provider.added(kind) if name in state}
        return {**decode(request.old_inputs), **added}, after

    def _present(self, kind: ResourceType[Any], identity: str, known: Values) -> Values:
        found = kind.read(self.provider.context, identity, known)
        if found is None:
            raise ProviderError(f"{identity!r} was written, but is not there.")
        return self.provider.settle(kind, known, found)


def _inputs(struct: Any) -> Values:
    values = decode(struct)
    values.pop(DEFAULTS, None)
    return values


def _known(change: Change) -> Values:
    kept = {name: value for name, value in change.state.items() if name in change.new or name not in change.old}
    known = {**kept, **change.new}
    known.pop(DEFAULTS, None)
    return known


def _refuse_unknown(inputs: Values) -> None:
    if unknown := [name for name, value in inputs.items() if holds_unknown(value)]:
        raise ProviderError(f"{', '.join(unknown)} is still unknown, so nothing can be written.")


def _failures(failures: Iterable[Failure]) -> list[pb.CheckFailure]:
    return [pb.CheckFailure(property=failure.property, reason=failure.reason) for failure in failures]


def _subject(request: Any) -> str:
    return f"{request.urn.rpartition('::')[2]}: " if getattr(request, "urn", "") else ""


def _fail(context: grpc.ServicerContext, message: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort always raises")
