# The static binary alone: docker run --rm -v "$PWD:/data:ro" permaudit check app.apk --statement privacy.md
FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /source
COPY Cargo.toml Cargo.lock README.md build.rs ./
COPY src src
COPY benches benches
RUN cargo build --release --locked

FROM scratch
COPY --from=build /source/target/release/permaudit /permaudit
WORKDIR /data
USER 65534:65534
ENTRYPOINT ["/permaudit"]
