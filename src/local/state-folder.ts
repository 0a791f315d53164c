/** The folder, beside `sallyport.yaml`, of everything that `dev` makes up. */
export const STATE_FOLDER = '.sallyport';
