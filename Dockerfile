# The command line on a CPU, for one who has no Python: docker build -t crisis-turns .
# What is done here, .ci/test-wheel does without Docker, in an environment of its own (make test-wheel).
FROM python:3.11-slim AS build
# on Linux a plain torch brings gigabytes of CUDA libraries: give --build-arg PIP_EXTRA_INDEX_URL=, the address of PyTorch's
# index of CPU builds
ARG PIP_EXTRA_INDEX_URL
WORKDIR /source
COPY . .
RUN bash .ci/install-package /source /opt/crisis-turns

FROM python:3.11-slim
COPY --from=build /opt/crisis-turns /opt/crisis-turns
RUN useradd --create-home --uid 1000 user
USER user
WORKDIR /home/user
# no network is needed once it is built
ENV PATH=/opt/crisis-turns/bin:$PATH HF_HUB_OFFLINE=1
ENTRYPOINT ["crisis-turns"]
CMD ["--help"]
