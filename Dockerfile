# One file for everything that runs: PART is the folder of a service (services/dispatcher, services/consumer,
# services/controller, services/board), or packages/cli for the fairlead command with the target `cli`.
#
#   docker build --build-arg PART=services/consumer --tag fairlead-consumer .
#   docker build --build-arg PART=packages/cli --target cli --tag fairlead-cli .
#
# The sources run as they are: Node strips the types (docs/decisions/0017). infra/docker/rehearse.mjs runs these very steps
# without Docker.

FROM node:24.21.0-bookworm-slim AS base
ENV CI=true TURBO_TELEMETRY_DISABLED=1
WORKDIR /app

# What PART needs, and no more: manifests in out/json, sources in out/full.
FROM base AS pruned
ARG PART=services/dispatcher
COPY . .
RUN npx --yes turbo@2.11.11 prune "$(node -p "require('./$PART/package.json').name")" --docker

# The database client comes from the schema; its generator is a development dependency, and stays here.
FROM base AS generated
COPY --from=pruned /app/out/json/ ./
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --ignore-scripts --no-optional --filter @fairlead/ledger
COPY --from=pruned /app/out/full/ ./
COPY --from=pruned /app/tsconfig.base.json ./
RUN if [ -d packages/ledger ]; then node packages/ledger/prisma/generate.mjs; fi
RUN find . -name node_modules -prune -exec rm -rf {} +

# Production dependencies of PART and of what it is made of. Prisma's runtime brings a query compiler for every database
# that it knows: 58 MB of other databases.
FROM base AS installed
ARG PART=services/dispatcher
COPY --from=pruned /app/out/json/ ./
RUN npx --yes pnpm@12.21.0 install --prod --frozen-lockfile --ignore-scripts --no-optional --filter-prod "{./$PART}..."
RUN find node_modules -name 'query_compiler_*' ! -name '*postgresql*' -delete && find node_modules -name '*.map' -delete

FROM base AS runtime
ARG PART=services/dispatcher
COPY --from=installed /app/ ./
COPY --from=generated /app/ ./
ENV NODE_ENV=production
WORKDIR /app/$PART
# The user `node` of the image, by number, so that Kubernetes can see that it is not root.
USER 1000:1000

FROM runtime AS cli
ENTRYPOINT ["node", "bin/fairlead.mjs"]

# The last stage is what is built when no target is named.
FROM runtime AS service
ENV HOST=0.0.0.0 PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--conditions=development", "src/main.ts"]
